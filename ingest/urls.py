"""The addresses for handing in data."""

from django.urls import path

from ingest import views

urlpatterns = [
    path("", views.submissions, name="submissions"),
    path("upload/", views.upload, name="upload"),
    path("<int:pk>/", views.submission, name="submission"),
    path("<int:pk>/bytes/", views.submission_bytes, name="submission_bytes"),
    path("<int:pk>/reread/", views.reread, name="reread"),
]
