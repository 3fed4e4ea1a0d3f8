"""What the leaderboard's templates say of a run gate."""

from django import template

from signals.leaderboard_words import check_words

register = template.Library()
register.filter("check", check_words)
