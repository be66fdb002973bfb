"""Addresses of the statement, its figures and the contributions."""

from django.urls import path

from contributions import views

urlpatterns = [
    path("", views.home, name="home"),
    path("statements/<slug:slug>/", views.statement, name="statement"),
    path("statements/<slug:slug>/delivered/", views.delivered, name="delivered"),
    path(
        "statements/<slug:slug>/delivered/record.json",
        views.delivery_record,
        name="delivery-record",
    ),
    path("figures/<slug:name>/", views.figure, name="figure"),
    path("contributions/", views.contributions, name="contributions"),
]
