"""Where MTurk had it: include this under `mturk/`."""

from django.urls import path

from mturk_exodus_turkle_site.views import external_submit

urlpatterns = [path("externalSubmit", external_submit, name="mturk_external_submit")]
