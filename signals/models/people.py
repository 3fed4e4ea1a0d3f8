"""What a person has done that no other row tells of."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Milestone(models.Model):
    """When a person first did something that no other row tells of."""

    class Name(models.TextChoices):
        ARRIVED = "arrived", "Saw a page"
        OPENED_SIGNAL = "opened_signal", "Opened a signal"
        DISMISSED = "dismissed", "Put the checklist away"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=32, choices=Name)
    reached_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "name"), name="one_milestone_each"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"
