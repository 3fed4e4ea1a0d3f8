"""The shapes of backtests in the API: bodies and queries in, documents out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sigma_api.serializers import Day, Flag, Number, Paged, Strict, Text
from signals.luck_serializers import LuckShape
from signals.matrix_serializers import FunnelShape

Shape = serializers.Serializer[Any]


class TermsBody(Strict):
    """The terms on which orders are filled."""

    participation = Number(
        required=False,
        allow_null=True,
        help_text="The most of the average volume of 20 sessions that an entry may "
        "buy, above 0 and up to 1; null: no limit.",
    )
    delisting_return = Number(
        required=False,
        default=0.0,
        help_text="What a delisted share brings beyond its last price, -1 to 1.",
    )
    whole_shares = Flag(
        required=False,
        default=True,
        help_text="False: an entry may buy a fraction of a share.",
    )


class BacktestBody(TermsBody):
    """Which model, over which sessions and dataset, on which terms."""

    pack = Text(max_length=64)
    model_id = Text(max_length=128)
    start = Day(
        required=False,
        allow_null=True,
        help_text="Null: the first session on which every column can be warm.",
    )
    end = Day(
        required=False, allow_null=True, help_text="A session; null: the last held."
    )
    dataset = Text(
        required=False,
        allow_null=True,
        max_length=64,
        help_text="Null: the one the universe names.",
    )


class TableQuery(Paged):
    """Which rows of a table, and in which form."""

    format = serializers.ChoiceField(
        choices=["json", "csv"],
        default="json",
        help_text="csv: all rows at once, as a file.",
    )
    reason = Text(
        required=False,
        max_length=64,
        help_text="Only rows with this code, such as `policy.max_trades`; of orders, "
        "fills, trades and refusals.",
    )
    session = Day(
        required=False, help_text="Only rows of this session; of trades, of the signal."
    )


class CheckShape(Shape):
    """One check of the run gate."""

    check = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    limit = serializers.FloatField()
    passed = serializers.BooleanField()


class GateVerdictShape(Shape):
    """The run gate."""

    passed = serializers.BooleanField()
    checks = CheckShape(many=True)


class CurveShape(Shape):
    """What the result is held against."""

    kind = serializers.ChoiceField(choices=["universe", "benchmark"])
    name = serializers.CharField()
    price_only = serializers.BooleanField()
    metrics = serializers.DictField(child=serializers.FloatField(allow_null=True))


class YearShape(Shape):
    """A calendar year, month by month."""

    year = serializers.IntegerField()
    months = serializers.ListField(child=serializers.FloatField(allow_null=True))
    total = serializers.FloatField()


class SkillShape(Shape):
    """How the scores of the members went with what followed."""

    ticker = serializers.CharField(
        allow_null=True, help_text="Of a single-ticker model: across its sessions."
    )
    label = serializers.CharField()
    horizon = serializers.IntegerField()
    sessions = serializers.IntegerField()
    rows = serializers.IntegerField()
    ic = serializers.FloatField(allow_null=True)
    rank_ic = serializers.FloatField(allow_null=True)
    icir = serializers.FloatField(allow_null=True)
    rank_icir = serializers.FloatField(allow_null=True)
    spread = serializers.FloatField(allow_null=True)
    hit_rate = serializers.FloatField(allow_null=True)
    turnover = serializers.FloatField(allow_null=True)
    independent = serializers.IntegerField()
    standard_error = serializers.FloatField(allow_null=True)
    t = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)


class ReportShape(Shape):
    """All that is said of a backtest; shares and returns are fractions of 1."""

    pack = serializers.CharField()
    model_id = serializers.CharField()
    kind = serializers.CharField()
    universe = serializers.CharField()
    policy = serializers.CharField()
    dataset = serializers.CharField()
    synthetic = serializers.BooleanField()
    marks = serializers.ListField(child=serializers.CharField())
    stale = serializers.BooleanField()
    freshness = serializers.ListField(child=serializers.DictField())
    first_session = serializers.DateField()
    last_session = serializers.DateField()
    sessions = serializers.IntegerField()
    capital = serializers.FloatField()
    final_equity = serializers.FloatField()
    terms = serializers.DictField()
    price_only = serializers.BooleanField()
    metrics = serializers.DictField(child=serializers.FloatField(allow_null=True))
    gross = serializers.DictField(child=serializers.FloatField(allow_null=True))
    gate = GateVerdictShape()
    curves = CurveShape(many=True)
    funnel = FunnelShape(many=True)
    costs = serializers.ListField(child=serializers.DictField())
    years = serializers.ListField(child=serializers.DictField())
    months = YearShape(many=True)
    sectors = serializers.ListField(child=serializers.DictField())
    regimes = serializers.ListField(child=serializers.DictField())
    regime_of = serializers.CharField()
    without_best = serializers.DictField(child=serializers.FloatField(allow_null=True))
    skill = SkillShape()
    halts = serializers.ListField(child=serializers.DictField())
    counts = serializers.DictField()
    silent = serializers.ListField(
        child=serializers.DictField(),
        help_text="Positions without a bar on three sessions in a row or more.",
    )
    notes = serializers.ListField(
        child=serializers.CharField(),
        help_text="What to know before the equity is believed.",
    )
    rules = serializers.ListField(child=serializers.CharField())


class BacktestShape(Shape):
    """A backtest, whole."""

    run = serializers.IntegerField()
    status = serializers.CharField()
    report = ReportShape()
    luck = LuckShape(allow_null=True)
    fingerprint = serializers.DictField()
    trained_run = serializers.IntegerField(
        allow_null=True,
        help_text="The training whose predictions it ranked; null for a scanner.",
    )
    comparable_sha = serializers.CharField()
    output_sha = serializers.CharField()


class TablePage(Shape):
    """A page of a table; `row` is a row's number in the whole of it."""

    results = serializers.ListField(child=serializers.DictField())
    next = serializers.URLField(allow_null=True)
    total = serializers.IntegerField()
