"""The addresses of the monthly summaries."""

from django.urls import path

from reports import views

urlpatterns = [
    path("", views.reports, name="reports"),
    path("request/", views.request_report, name="request_report"),
    path("<int:pk>/file/", views.report_file, name="report_file"),
]
