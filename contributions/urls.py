"""Addresses of the statement, its figures and the contributions."""

from django.urls import path

from contributions import views

urlpatterns = [
    path("", views.home, name="home"),
    path("statements/<slug:slug>/", views.statement, name="statement"),
    path("figures/<slug:name>/", views.figure, name="figure"),
    path("contributions/", views.contributions, name="contributions"),
]
