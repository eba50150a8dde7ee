"""The addresses for handing in data."""

from django.urls import path

from ingest import views

urlpatterns = [
    path("", views.submissions, name="submissions"),
    path("upload/", views.upload, name="upload"),
    path("<int:pk>/", views.submission, name="submission"),
    path("<int:pk>/bytes/", views.submission_bytes, name="submission_bytes"),
    path("coverage/", views.coverage_page, name="coverage"),
    path("<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<int:pk>/release/", views.release, name="release"),
    path("<int:pk>/explain/", views.explain, name="explain"),
    path("<int:pk>/findings/<int:finding_pk>/assign/", views.assign, name="assign"),
    path("<int:pk>/reread/", views.reread, name="reread"),
]
