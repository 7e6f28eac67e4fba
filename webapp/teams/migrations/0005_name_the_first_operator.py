from django.db import migrations
from django.db.models import OuterRef, Subquery


def name_the_first_operator(apps, schema_editor):
    """The earliest active account operates the site; without one ``manage.py operator`` names it later."""
    User = apps.get_model("teams", "User")
    if not User.objects.filter(is_operator=True).exists():
        first = User.objects.filter(is_active=True).order_by("date_joined", "pk").first()
        if first is not None:
            User.objects.filter(pk=first.pk).update(is_operator=True)


def name_the_founders(apps, schema_editor):
    """Whoever founded a team became its first member in the same moment."""
    Membership = apps.get_model("teams", "Membership")
    first = Membership.objects.filter(team=OuterRef("pk")).order_by("created_at").values("user")[:1]
    apps.get_model("teams", "Team").objects.filter(founded_by=None).update(founded_by=Subquery(first))


def count_accepted_invitations(apps, schema_editor):
    apps.get_model("teams", "Invitation").objects.exclude(accepted_at=None).update(uses=1)


class Migration(migrations.Migration):

    dependencies = [
        ("teams", "0004_operators_and_links_for_many"),
    ]

    operations = [
        migrations.RunPython(name_the_first_operator, migrations.RunPython.noop),
        migrations.RunPython(name_the_founders, migrations.RunPython.noop),
        migrations.RunPython(count_accepted_invitations, migrations.RunPython.noop),
    ]
