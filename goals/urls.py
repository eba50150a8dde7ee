"""The addresses of the dashboard."""

from django.urls import path

from goals import explore_views, steering_views, task_views, version_views, views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("regions/", explore_views.regions, name="regions"),
    path("regions/<str:code>/", views.region, name="region"),
    path("targets/<str:register_id>/", views.target, name="target"),
    path("targets/<str:register_id>/note/", task_views.note, name="write_note"),
    path("targets/<str:register_id>/duty/", task_views.target_duty, name="target_duty"),
    path("targets/<str:register_id>/cities/", steering_views.allocations, name="allocations"),
    path("indicators/", explore_views.indicators, name="indicators"),
    path("indicators/<str:code>/", explore_views.indicator, name="indicator"),
    path("sites/", explore_views.sites, name="sites"),
    path("sites/<int:pk>/", explore_views.site, name="site"),
    path("compare/", explore_views.compare, name="compare"),
    path("search/", explore_views.search, name="search"),
    path("tasks/", task_views.tasks, name="tasks"),
    path("tasks/<str:register_id>/", task_views.task, name="task"),
    path("tasks/<str:register_id>/report/", task_views.report, name="report_task"),
    path("tasks/<str:register_id>/duty/", task_views.task_duty, name="task_duty"),
    path("tasks/attachments/<int:pk>/", task_views.attachment, name="attachment"),
    path("timeline/", views.timeline, name="timeline"),
    path("forecasts/", views.forecasts, name="forecasts"),
    path("alerts/", steering_views.alerts, name="alerts"),
    path("alerts/subscribe/", steering_views.subscribe, name="subscribe"),
    path("alerts/<int:alert_id>/", steering_views.change_alert, name="change_alert"),
    path("methods/", views.methods, name="methods"),
    path("plans/", version_views.plans, name="plans"),
    path("plans/new/", version_views.new_plan, name="new_plan"),
    path("plans/versions/<int:pk>/", version_views.review, name="review"),
    path("plans/versions/<int:pk>/add/", version_views.add_draft, name="add_draft"),
    path("plans/versions/<int:pk>/approve/", version_views.approve_version, name="approve_version"),
    path("plans/versions/<int:pk>/drop/", version_views.drop_version, name="drop_version"),
    path("plans/versions/<int:pk>/original/", version_views.original, name="plan_original"),
    path("plans/versions/<int:pk>/drafts.json", version_views.drafts_json, name="drafts_json"),
    path("plans/drafts/<int:pk>/", version_views.draft, name="draft"),
    path("plans/<str:code>/<int:year>/", views.plan_text, name="plan_text"),
    path("plans/<str:code>/<int:year>/next/", explore_views.next_year, name="next_year"),
]
