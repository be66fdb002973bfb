"""Addresses of joint programmes and of the objectives of the Compact."""

from django.urls import path

from programmes import views

urlpatterns = [
    path("", views.programmes, name="programmes"),
    path("objectives/", views.objectives, name="objectives"),
    path("objectives/<int:number>/", views.objective, name="objective"),
    path("<slug:slug>/", views.programme, name="programme"),
]
