"""The addresses of the dashboard."""

from django.urls import path

from goals import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("regions/<str:code>/", views.region, name="region"),
    path("targets/<str:register_id>/", views.target, name="target"),
    path("methods/", views.methods, name="methods"),
    path("plans/<str:code>/<int:year>/", views.plan_text, name="plan_text"),
]
