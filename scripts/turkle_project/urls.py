"""Turkle's pages, its admin's and its API, where its own project has them."""

from django.contrib import admin
from django.urls import include, path

from turkle_project.settings import HAS_PLUGIN

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("django.contrib.auth.urls")),
    path("", include("turkle.urls")),
    path("api/", include("turkle.api.urls")),
]
if HAS_PLUGIN:
    urlpatterns.append(path("mturk/", include("mturk_exodus_turkle_site.urls")))
