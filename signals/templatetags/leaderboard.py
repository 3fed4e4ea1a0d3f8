"""What the leaderboard's and backtests' templates say of run gates and regimes."""

from django import template

from signals.leaderboard_words import check_parts, check_words
from signals.words import regime_words

register = template.Library()
register.filter("check", check_words)
register.filter("check_parts", check_parts)
register.filter("regime", regime_words)
