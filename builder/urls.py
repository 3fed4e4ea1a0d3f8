"""Addresses of the Builder."""

from django.urls import path

from builder import views

urlpatterns = [
    path("", views.new, name="builder"),
    path("panels/", views.panels, name="builder_panels"),
    path("look/", views.look, name="builder_look"),
    path("turn/", views.turn, name="builder_turn"),
    path("save/", views.save, name="builder_save"),
    path("rows/<str:kind>/", views.row, name="builder_row"),
    path("<str:pack>/<str:model_id>/", views.edit, name="builder_edit"),
]
