"""The addresses of the dashboard."""

from django.urls import path

from goals import steering_views, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("regions/<str:code>/", views.region, name="region"),
    path("targets/<str:register_id>/", views.target, name="target"),
    path("timeline/", views.timeline, name="timeline"),
    path("forecasts/", views.forecasts, name="forecasts"),
    path("alerts/", steering_views.alerts, name="alerts"),
    path("alerts/subscribe/", steering_views.subscribe, name="subscribe"),
    path("alerts/<int:alert_id>/", steering_views.change_alert, name="change_alert"),
    path("targets/<str:register_id>/cities/", steering_views.allocations, name="allocations"),
    path("methods/", views.methods, name="methods"),
    path("plans/<str:code>/<int:year>/", views.plan_text, name="plan_text"),
]
