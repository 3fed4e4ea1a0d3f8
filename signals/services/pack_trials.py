"""A pack tried out on a small synthetic market: linted, previewed, scanned, backtested.

The market is made anew in a folder of its own, the same on every machine and every day,
so that two trials of one pack say the same. Nothing is kept.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from packs_app import linting
from sigma_core.errors import SigmaError
from signals import metric_words
from signals.services.pack_trainings import train_small
from signals.services.plain import plain

if TYPE_CHECKING:
    from sigma_core.backtests import Backtested
    from sigma_core.market import Market
    from sigma_core.specs.bundle import Bundle

#: the market: over a year, so that a window of 252 bars is warm on every day looked at
SEED, TICKERS, LAST = 20230103, 120, date(2024, 6, 28)
#: its 5-minute bars: so many sessions that those looked at have a past
FIRST_MINUTES = date(2024, 5, 1)
KNOWN_BY = datetime(2024, 6, 29, tzinfo=UTC)
#: sessions that each scanner is asked for
SESSIONS = 20
NAME = "demo"


def try_pack(*, pack: str) -> dict[str, Any]:
    """What became of every model of a pack, as a document; `ok` if nothing failed.

    A model fails if its definitions break a rule, its preview fails or its scan,
    training or backtest can't be made; a scanner without a signal on all sessions
    warns. Raises UnknownName.
    """
    from sigma_core.indicators import kernels  # numba

    began = time.perf_counter()
    report = linting.report(pack)
    kernels.use_cache(settings.SIGMA_KERNELS)
    with tempfile.TemporaryDirectory(prefix="sigma-pack-") as home:
        models = [_tried(pack, path.stem, Path(home)) for path in _models(pack)]
    document = {
        "pack": pack,
        "ok": report["ok"] and all(model["status"] != "fail" for model in models),
        "market": {"tickers": TICKERS, "last_session": str(LAST), "synthetic": True},
        "lint": report,
        "models": models,
    }
    found: dict[str, Any] = plain(document)
    return found | {"seconds": round(time.perf_counter() - began, 1)}


def trial_text(document: dict[str, Any]) -> str:
    """A trial as lines for people."""
    lines = [linting.report_text(document["lint"])]
    signs = {"ok": "✓", "warn": "△", "fail": "✗"}
    for model in document["models"]:
        said = [f"  {signs[model['status']]} {model['model_id']}"]
        if model["preview"]:
            codes = ", ".join(model["preview"]["codes"])
            noted = f" ({codes})" if codes else ""
            said.append(f"preview {model['preview']['status']}{noted}")
        if model["scan"]:
            scan = model["scan"]
            said.append(
                f"{scan['last']} signals on the last session, "
                f"{scan['total']} on the last {SESSIONS}"
            )
        if model["training"]:
            said.append(_training_words(model["training"]))
        if model["backtest"]:
            said.append(_backtest_words(model["backtest"]))
        said += [f"{one['where']}: {one['message']}" for one in model["problems"][:5]]
        lines.append("; ".join(said))
    verdict = "passed" if document["ok"] else "failed"
    return "\n".join([*lines, f"{document['pack']} {verdict}."])


def _backtest_words(found: dict[str, Any]) -> str:
    grown = metric_words.said("total_return", found["total_return"])
    return f"backtest {grown}, {found['trades']} trades of {found['orders']} orders"


def _training_words(found: dict[str, Any]) -> str:
    return f"trained {found['models']} small models on {found['rows']:,} rows"


def _models(pack: str) -> list[Path]:
    from sigma_core.specs.bundle import files_in, pack_folder

    return files_in(pack_folder(settings.SIGMA_PACKS, pack), "model_configs")


def _markets(home: Path, cadence: str) -> list[Market]:
    """The market at the last bar of each of the last sessions, oldest first.

    Its bars are made when they are first asked for.
    """
    from sigma_core.bars import demo
    from sigma_core.market import last_markets, open_dataset

    dataset = open_dataset(home, NAME)
    if not dataset.exists:
        made = demo.demo_market(seed=SEED, until=LAST, tickers=TICKERS)
        demo.fill(dataset, made, ingested_at=KNOWN_BY)
    if cadence != "daily" and not dataset.bars("5m").table.exists:
        minutes = demo.demo_minutes(
            seed=SEED, since=FIRST_MINUTES, until=LAST, tickers=TICKERS
        )
        demo.fill_minutes(dataset, minutes, ingested_at=KNOWN_BY)
    return last_markets(home, NAME, "", None, KNOWN_BY, cadence, SESSIONS)


def _tried(pack: str, model_id: str, home: Path) -> dict[str, Any]:
    from sigma_core.preview import preview
    from sigma_core.specs.bundle import load_bundle

    tried: dict[str, Any] = {
        "model_id": model_id,
        "kind": None,
        "stand_in": None,
        "status": "fail",
        "preview": None,
        "scan": None,
        "training": None,
        "backtest": None,
        "problems": [],
    }
    try:
        bundle = load_bundle(settings.SIGMA_PACKS, pack, model_id)
        tried["kind"] = bundle.model.kind
        markets = _markets(home, bundle.cadence)
        bundle, tried["stand_in"] = _with_stand_in(bundle, markets[-1])
        look = preview(bundle, markets[-1])
        tried["preview"] = _looked(look.as_dict())
        tried["scan"] = _scanned(bundle, markets)
        tried |= _done(bundle, markets, home / "trainings" / model_id)
    except SigmaError as error:
        tried["problems"] = [problem.as_dict() for problem in error.problems]
        return tried
    quiet = tried["scan"] is not None and not tried["scan"]["total"]
    status = tried["preview"]["status"]
    tried["status"] = "warn" if status == "ok" and quiet else status
    return tried


def _with_stand_in(bundle: Bundle, market: Market) -> tuple[Bundle, str | None]:
    """A model of one ticker, on a made-up one: no real share is in this market."""
    from sigma_core.specs.schema import UniverseBase

    tickers = market.bars.axis.tickers
    if bundle.model.ticker is None or bundle.model.ticker in tickers:
        return bundle, None
    base = UniverseBase.model_validate({"list": [tickers[0]]})
    universe = bundle.universe.model_copy(update={"base": base})
    model = bundle.model.model_copy(update={"ticker": tickers[0]})
    return replace(bundle, universe=universe, model=model), tickers[0]


def _looked(document: dict[str, Any]) -> dict[str, Any]:
    kept = ("status", "sessions", "rows", "funnel", "label")
    return {name: document[name] for name in kept} | {
        "columns": len(document["columns"]),
        "codes": sorted({problem["code"] for problem in document["problems"]}),
    }


def _scanned(bundle: Bundle, markets: list[Market]) -> dict[str, Any] | None:
    """How many signals each session gave; None for a model that has to be trained."""
    from sigma_core.run import plan_of, scan_market
    from sigma_core.specs.schema import ScannerConfig

    if not isinstance(bundle.model, ScannerConfig):
        return None
    plan = plan_of(bundle)
    counts = [len(scan_market(bundle, plan, market).signals) for market in markets]
    return {
        "session": str(markets[-1].session),
        "last": counts[-1],
        "total": sum(counts),
        "by_session": counts,
    }


def _done(bundle: Bundle, markets: list[Market], folder: Path) -> dict[str, Any]:
    """Its backtest, of a model to be trained after its training; nothing of one that
    decides within sessions."""
    from sigma_core.specs.schema import ScannerConfig

    if bundle.cadence != "daily":
        return {}
    if isinstance(bundle.model, ScannerConfig):
        return {"backtest": _brought(_backtested(bundle, markets))}
    trained, done = train_small(bundle, markets[-1], folder)
    learned = {"models": len(trained.models) + 1, "rows": trained.model.card.rows}
    return {"training": learned, "backtest": _brought(done) if done else None}


def _backtested(bundle: Bundle, markets: list[Market]) -> Backtested:
    """What a scanner's policy would have brought on these sessions."""
    from sigma_core.backtests import backtest_model
    from sigma_core.builds import Prepared
    from sigma_core.run import plan_of, with_benchmark

    plan = plan_of(bundle)
    market = with_benchmark(bundle, plan, markets[-1])
    return backtest_model(Prepared(bundle, plan, market, markets[0].column))


def _brought(done: Backtested) -> dict[str, Any]:
    first, last = done.prepared.sessions
    return {
        "first_session": str(first),
        "last_session": str(last),
        "orders": len(done.result.order_lines),
        "fills": len(done.result.fill_lines),
        "refusals": len(done.result.refused.time),
        "trades": int(done.metrics["trades"] or 0),
        "total_return": done.metrics["total_return"],
    }
