"""A target with a field that one observatory requires, made as the toolkit's documentation tells.

Read by the TOM's own Python, never by ours.
"""

from django.db import models
from tom_targets.base_models import BaseTarget


class ObservatoryTarget(BaseTarget):
    """A target that belongs to an observing programme."""

    programme = models.CharField(max_length=50, verbose_name="Observing programme")

    class Meta:
        verbose_name = "target"
        permissions = (
            ("view_target", "View Target"),
            ("add_target", "Add Target"),
            ("change_target", "Change Target"),
            ("delete_target", "Delete Target"),
        )
