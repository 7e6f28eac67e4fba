"""URLs of the pages of operators."""

from __future__ import annotations

from django.urls import path

from webapp.pages.operators import views

urlpatterns = [
    path("site/", views.people, name="site"),
    path("site/people/<int:person_id>/", views.person, name="site-person"),
    path("site/people/<int:person_id>/deactivate/", views.person_deactivate, name="person-deactivate"),
    path("site/people/<int:person_id>/activate/", views.person_activate, name="person-activate"),
    path("site/people/<int:person_id>/sign-out/", views.person_sign_out, name="person-sign-out"),
    path("site/people/<int:person_id>/link/", views.person_link, name="person-link"),
    path("site/people/<int:person_id>/operator/", views.person_operator, name="person-operator"),
    path("site/people/<int:person_id>/no-operator/", views.person_no_operator, name="person-no-operator"),
    path("site/teams/", views.teams, name="site-teams"),
    path("site/teams/new/", views.team_found, name="site-team-new"),
    path("site/teams/<uuid:team_id>/quota/", views.team_quota, name="site-team-quota"),
    path("site/members/<uuid:membership_id>/admin/", views.team_admin, name="site-team-admin"),
    path("site/log/", views.log, name="site-log"),
]
