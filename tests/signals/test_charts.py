"""Figures of a backtest: one description, drawn as SVG and sent as JSON."""

from __future__ import annotations

import re

import numpy as np

from signals import charts, metric_words, svg_curves

DAYS = [
    str(day) for day in np.arange("2023-01-30", "2023-02-10", dtype="datetime64[D]")
]
REPORT = {
    "halts": [{"session": DAYS[2], "until": DAYS[4]}],
    "curves": [
        {"kind": "universe", "name": "<us>"},
        {"kind": "benchmark", "name": "SPY"},
    ],
}


def series(**changes: list[float | None]) -> dict[str, list[float | None]]:
    flat: list[float | None] = [100.0] * len(DAYS)
    names = ("equity", "gross", "universe", "benchmark")
    shares = dict.fromkeys(("drawdown", "exposure", "turnover"), [0.25] * len(DAYS))
    return dict.fromkeys(names, flat) | shares | changes


def drawn(**changes: list[float | None]) -> dict[str, charts.Figure]:
    return {one.key: one for one in charts.figures(series(**changes), REPORT)}


def test_halts_are_shaded_where_they_were() -> None:
    svg = svg_curves.curves(drawn()["equity"], DAYS)
    found = re.search(r'class="shade" x="([\d.]+)" y="0" width="([\d.]+)"', svg)
    assert found is not None
    step = (svg_curves.WIDTH - svg_curves.LEFT - 4) / (len(DAYS) - 1)
    assert abs(float(found[1]) - (svg_curves.LEFT + 2 * step)) < 0.06
    assert abs(float(found[2]) - 2 * step) < 0.06
    assert f"halted {DAYS[2]} to {DAYS[4]}" in svg


def test_halts_are_shaded_in_every_figure() -> None:
    assert [one.shades for one in drawn().values()] == [((DAYS[2], DAYS[4]),)] * 4


def test_a_line_rises_from_its_first_to_its_last_value() -> None:
    rising = [100.0 + at for at in range(len(DAYS))]
    svg = svg_curves.curves(drawn(equity=rising)["equity"], DAYS)
    path = re.search(r'class="line c-accent" d="M([^"]+)"', svg)
    assert path is not None
    points = [tuple(map(float, one.split())) for one in path[1].split("L")]
    assert len(points) == len(DAYS)
    assert points[0][0] == svg_curves.LEFT
    assert points[0][1] > points[-1][1], "up is less y"
    assert [x for x, _ in points] == sorted(x for x, _ in points)


def test_what_is_not_known_leaves_a_gap() -> None:
    holed = [1.0, 2.0, None, 4.0, *[5.0] * (len(DAYS) - 4)]
    svg = svg_curves.curves(drawn(equity=holed)["equity"], DAYS)
    path = re.search(r'class="line c-accent" d="([^"]+)"', svg)
    assert path is not None
    assert path[1].count("M") == 2


def test_a_long_line_keeps_its_last_point() -> None:
    days = [
        str(d) for d in np.arange("2015-01-01", "2019-01-01", dtype="datetime64[D]")
    ]
    line = charts.Line("net", "accent", [1.0 + at for at in range(len(days))])
    figure = charts.Figure("equity", "Equity", "money", (line,))
    svg = svg_curves.curves(figure, days)
    path = re.search(r'class="line c-accent" d="M([^"]+)"', svg)
    assert path is not None
    points = path[1].split("L")
    assert len(points) <= svg_curves.POINTS * 2
    assert float(points[-1].split()[0]) == svg_curves.WIDTH - 4
    assert ">2017</text>" in svg


def test_a_name_is_no_markup_and_the_sentence_tells_the_curve() -> None:
    figure = drawn()["equity"]
    assert "<us>" not in svg_curves.curves(figure, DAYS)
    words = svg_curves.words(figure, DAYS)
    assert words.startswith(f"Equity, {DAYS[0]} to {DAYS[-1]}: net between 100 and 100")
    assert words.endswith("1 × halted.")


def test_a_drawdown_is_drawn_below_zero() -> None:
    figure = drawn()["drawdown"]
    assert figure.lines[0].values == [-0.25] * len(DAYS)
    found = charts.as_json(DAYS, [figure])["figures"]["drawdown"]
    assert found["shades"] == ((DAYS[2], DAYS[4]),)


def test_without_two_sessions_there_is_no_picture() -> None:
    assert svg_curves.curves(drawn()["equity"], DAYS[:1]) == ""


def test_metrics_are_said_with_their_unit() -> None:
    said = {
        ("total_return", 0.1234): "+12.3 %",
        ("total_return", -0.05): "−5.0 %",
        ("total_return", 0.0): "0.0 %",
        ("max_drawdown", 0.25): "25.0 %",
        ("sharpe", -1.234): "−1.23",
        ("trades", 1234.0): "1,234",
        ("sharpe", None): "–",
    }
    for (name, value), words in said.items():
        assert metric_words.said(name, value) == words
