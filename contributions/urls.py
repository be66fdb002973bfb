"""Addresses of the statement, its figures, the contributions and what joins both apps."""

from django.urls import path

from contributions import views

urlpatterns = [
    path("", views.home, name="home"),
    path("statements/", views.statements, name="statements"),
    path("statements/<slug:slug>/", views.statement, name="statement"),
    path("statements/<slug:slug>/delivered/", views.delivered, name="delivered"),
    path(
        "statements/<slug:slug>/delivered/record.json",
        views.delivery_record,
        name="delivery-record",
    ),
    path("figures/", views.all_figures, name="figures"),
    path("figures/<slug:name>/", views.figure, name="figure"),
    path("contributions/", views.contributions, name="contributions"),
    path("contributions/pledges/", views.pledges, name="pledges"),
    path("contributions/donors/", views.donors, name="donors"),
    path("contributions/donors/<slug:slug>/", views.donor, name="donor"),
    path("contributions/targets/<int:year>/", views.target, name="target"),
    path("countries/", views.countries, name="countries"),
    path("countries/<slug:iso3>/", views.country, name="country"),
    path("corrections/", views.corrections, name="corrections"),
    path("about/", views.about, name="about"),
]
