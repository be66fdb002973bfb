"""The portal's addresses; they are permanent."""

from allauth.account.views import logout
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from mptf_portal import health, robots

handler403 = "mptf_portal.faults.forbidden"
handler500 = "mptf_portal.faults.server_error"
urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("robots.txt", robots.robots, name="robots"),
    path("sitemap.xml", robots.sitemap, name="sitemap"),
    path("admin/account/", include("mptf_portal.accounts.urls")),
    # Instead of the admin's own pages of the same addresses
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/logout/", logout),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("programmes/", include("programmes.urls")),
    path("", include("contributions.urls")),
]
