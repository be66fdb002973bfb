"""The portal's addresses; they are permanent."""

from django.contrib import admin
from django.urls import include, path

from mptf_portal import health, robots

handler500 = "mptf_portal.faults.server_error"
urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("robots.txt", robots.robots, name="robots"),
    path("sitemap.xml", robots.sitemap, name="sitemap"),
    path("admin/", admin.site.urls),
    path("programmes/", include("programmes.urls")),
    path("", include("contributions.urls")),
]
