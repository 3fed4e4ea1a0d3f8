"""Evidence: trained models, backtests, and the ledger of all that was ever tried."""

from __future__ import annotations

from django.db import models

from signals.models.runs import Run


class TrainedModel(models.Model):
    """What one training left: of a model's current definition that predicts which may
    speak of the session, on the latest dates.

    Its trees and card are files of the run; the hashes say whether they are still
    what was trained.
    """

    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="trained")
    dataset = models.CharField(max_length=64)
    pack = models.CharField(max_length=64)
    model_id = models.CharField(max_length=128)
    #: first and last session whose labels were learnt from
    first = models.DateField()
    last = models.DateField()
    pack_sha = models.CharField(max_length=64)
    indicator_set_sha = models.CharField(max_length=64)
    model_config_sha = models.CharField(max_length=64)
    matrix_sha = models.CharField(max_length=64)
    #: of the trees alone: two trainings on the same data have the same
    trees_sha = models.CharField(max_length=64)
    #: columns, metrics per fold and pooled, baselines, importance, lineage
    card = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # `-run` would be turned about by the order of runs: the oldest first
        ordering = ("-run_id",)
        indexes = (models.Index(fields=("dataset", "pack", "model_id", "-run")),)

    def __str__(self) -> str:
        return f"{self.pack}/{self.model_id} trained to {self.last}"


class Family(models.Model):
    """A line of research, within which tries compete: what luck is counted over."""

    dataset = models.CharField(max_length=64)
    cadence = models.CharField(max_length=16)
    #: of the label, in sessions; 0 for scanners, which have none
    horizon = models.PositiveSmallIntegerField(default=0)
    #: how often its trials have changed, and up to which change it was judged
    changes = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    judged_at = models.DateTimeField(null=True)
    #: Hansen's consistent p of the best of all trials, and how many there were
    spa_p = models.FloatField(null=True)
    spa_trials = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("dataset", "cadence", "horizon"), name="one_family"
            ),
        )

    def __str__(self) -> str:
        horizon = f", {self.horizon} sessions" if self.horizon else ""
        return f"{self.dataset}, {self.cadence}{horizon}"


class Trial(models.Model):
    """One distinct configuration that was tried, whoever ran it and how often.

    It stays when its run goes: luck is counted over all that was tried. The same
    configuration again, over newer bars or another universe, is the same trial; its
    returns are the longest that were seen.
    """

    class Origin(models.TextChoices):
        BACKTEST = "backtest", "Backtest"
        SWEEP = "sweep", "Sweep"
        PREVIEW = "preview", "Preview"

    family = models.ForeignKey(Family, on_delete=models.PROTECT, related_name="trials")
    #: of the model's rules, columns and policy: no name, version, comment or universe
    config_sha = models.CharField(max_length=64)
    pack = models.CharField(max_length=64)
    model_id = models.CharField(max_length=128)
    origin = models.CharField(max_length=12, choices=Origin)
    #: whose returns it keeps
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    #: sessions of its returns, the first and the last
    first = models.DateField()
    last = models.DateField()
    #: which they are, as days since 1970; int32, little end
    sessions = models.BinaryField(default=bytes)
    #: net return of each session, and that less the benchmark's; float64, little end
    returns = models.BinaryField()
    excess = models.BinaryField()
    #: of those returns: a session's Sharpe, skew and kurtosis (3 for a normal one)
    sharpe = models.FloatField(null=True)
    skew = models.FloatField(null=True)
    kurtosis = models.FloatField(null=True)
    #: of the mean of `excess`, one-sided; null until judged, or with too few sessions
    p_value = models.FloatField(null=True)
    #: among its family's; how often the luckiest of them would look as good; and the
    #: probability that its true Sharpe is above that of the luckiest
    q_value = models.FloatField(null=True)
    share = models.FloatField(null=True)
    deflated_sharpe = models.FloatField(null=True)
    #: of the sweep it was a cell of: probability that choosing its best was overfitting
    pbo = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("family", "config_sha"), name="one_trial"),
        )

    def __str__(self) -> str:
        return f"{self.pack}/{self.model_id} {self.config_sha[:8]}"


class Backtest(models.Model):
    """What the leaderboard shows of one run; tables and curves are files of the run."""

    run = models.OneToOneField(
        Run, primary_key=True, on_delete=models.CASCADE, related_name="backtest"
    )
    trial = models.ForeignKey(
        Trial, null=True, on_delete=models.PROTECT, related_name="backtests"
    )
    #: scanner or gbm
    kind = models.CharField(max_length=16)
    dataset = models.CharField(max_length=64)
    pack = models.CharField(max_length=64)
    model_id = models.CharField(max_length=128)
    first = models.DateField()
    last = models.DateField()
    model_config_sha = models.CharField(max_length=64)
    policy_sha = models.CharField(max_length=64)
    #: of bars, universe, sessions and costs: rows with one value can be compared
    comparable_sha = models.CharField(max_length=64)
    #: marks such as "synthetic" or "survivors only"
    marks = models.JSONField(default=list)

    #: whether every check of the policy's run gate held
    gate_passed = models.BooleanField()
    #: [{"check", "value", "limit", "passed"}]
    gate_checks = models.JSONField(default=list)
    #: null where undefined, as in `sigma_core.backtest.metrics`
    sharpe = models.FloatField(null=True)
    total_return = models.FloatField(null=True)
    max_drawdown = models.FloatField(null=True)
    turnover = models.FloatField(null=True)
    trades = models.PositiveIntegerField(default=0)
    #: mean rank IC of the scores against what followed
    ic = models.FloatField(null=True)
    #: all the others
    metrics = models.JSONField(default=dict)
    #: the run's, and its trial's as it was judged: a board of thousands is filtered and
    #: sorted without a look at their long rows
    tags = models.JSONField(default=list)
    q_value = models.FloatField(null=True)
    output_sha = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (
            models.Index(fields=("dataset", "pack", "model_id")),
            models.Index(fields=("gate_passed", "-sharpe")),
        )

    def __str__(self) -> str:
        return f"{self.pack}/{self.model_id} {self.first} to {self.last}"


class SweepCell(models.Model):
    """One combination of a calibration's grid; kept as soon as it is known."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="cells")
    #: its place in the grid, the last parameter the fastest
    number = models.PositiveSmallIntegerField()
    params = models.JSONField()
    #: candidates over all sessions, and metrics, of the dates swept and those held out
    swept = models.JSONField()
    held_out = models.JSONField(default=dict)

    class Meta:
        ordering = ("run", "number")
        constraints = (
            models.UniqueConstraint(fields=("run", "number"), name="one_cell"),
        )

    def __str__(self) -> str:
        return f"run {self.run_id}, cell {self.number}"
