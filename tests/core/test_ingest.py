"""Bars into a dataset: what is stored, what is refused, and what the report says."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from sigma_core.bars.store import Dataset
from sigma_core.errors import Cancelled, IngestRefused, UnknownName
from sigma_core.ingest import IngestReport, dry_run, ingest, ingest_table
from sigma_core.quality import derive

NOW = datetime(2024, 12, 2, 22, 0, tzinfo=UTC)
HEADER = "ticker,date,open,high,low,close,volume"
DAYS = ("2024-11-25", "2024-11-26", "2024-11-27", "2024-11-29")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path / "datasets", "main", derive=derive)


def rows(ticker: str, start: float = 10.0) -> list[str]:
    """Four bars, one of each of `DAYS`."""
    prices = [start + step / 4 for step in range(len(DAYS))]
    return [
        f"{ticker},{day},{price},{price + 1},{price - 1},{price + 0.5},{1000 + step}"
        for step, (day, price) in enumerate(zip(DAYS, prices, strict=True))
    ]


def csv(
    folder: Path, *lines: str, name: str = "bars.csv", header: str = HEADER
) -> Path:
    path = folder / name
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def take(path: Path, dataset: Dataset, **options: object) -> IngestReport:
    return ingest([path], dataset, ingested_at=NOW, **options)


def test_it_stores_what_the_file_holds(tmp_path: Path, dataset: Dataset) -> None:
    report = take(csv(tmp_path, *rows("AAA"), *rows("BBB")), dataset)
    assert (report.rows_in, report.rows_new, report.tickers) == (8, 8, 2)
    assert (report.first_session, report.last_session) == (
        date(2024, 11, 25),
        date(2024, 11, 29),
    )
    stored = dataset.bars().read()
    assert stored["ticker"].tolist() == ["AAA"] * 4 + ["BBB"] * 4
    assert stored["close"].tolist()[:4] == [10.5, 10.75, 11.0, 11.25]
    assert stored["ts"].iloc[0] == pd.Timestamp("2024-11-25", tz="UTC")
    assert set(stored["source"]) == {"bars.csv"}


def test_the_report_is_plain_json_with_the_first_rows(
    tmp_path: Path, dataset: Dataset
) -> None:
    names = [f"T{number}" for number in range(8)]
    path = csv(tmp_path, *(line for name in names for line in rows(name)))
    plain = json.loads(json.dumps(take(path, dataset).as_dict(), allow_nan=False))
    assert len(plain["sample"]) == 20
    assert plain["sample"][0] == {
        "ticker": "T0",
        "ts": "2024-11-25T00:00:00Z",
        "open": 10.0,
        "high": 11.0,
        "low": 9.0,
        "close": 10.5,
        "volume": 1000.0,
    }
    assert plain["mapping"]["open"] == "open"
    assert plain["first_session"] == "2024-11-25"


def test_the_same_file_again_changes_nothing(tmp_path: Path, dataset: Dataset) -> None:
    path = csv(tmp_path, *rows("AAA"))
    first = take(path, dataset)
    again = take(path, dataset)
    assert (again.rows_new, again.rows_revised, again.rows_same) == (0, 0, 4)
    assert again.version == first.version


def test_a_dry_run_says_the_same_and_writes_nothing(
    tmp_path: Path, dataset: Dataset
) -> None:
    path = csv(tmp_path, *rows("AAA"))
    said = dry_run([path], dataset, ingested_at=NOW)
    assert said.dry_run
    assert not dataset.root.exists()
    done = take(path, dataset)
    for name in ("rows_in", "rows_new", "quarantined", "sample", "mapping"):
        assert getattr(said, name) == getattr(done, name)
    changed = csv(tmp_path, *rows("AAA")[:3], "AAA,2024-11-29,12,13,11,12,7")
    said = dry_run([changed], dataset, ingested_at=NOW)
    assert (said.rows_new, said.rows_revised, said.rows_same) == (0, 1, 3)


def test_order_never_matters(tmp_path: Path, dataset: Dataset) -> None:
    lines = [*rows("AAA"), *rows("BBB")]
    take(csv(tmp_path, *lines), dataset)
    other = Dataset(tmp_path / "datasets", "other", derive=derive)
    take(csv(tmp_path, *reversed(lines)), other)
    pd.testing.assert_frame_equal(dataset.bars().read(), other.bars().read())


def test_rows_add_up(tmp_path: Path, dataset: Dataset) -> None:
    take(csv(tmp_path, *rows("AAA")), dataset)
    lines = [
        *rows("AAA")[:2],
        "AAA,2024-11-27,11,12,10,11,5",  # revised
        *rows("BBB"),
        rows("BBB")[0],  # the same twice
        *rows("CCC"),
        "CCC,2024-11-25,1,1,1,1,1",  # contradicts
        "=SUM(A1),2024-11-25,1,1,1,1,1",
    ]
    report = take(csv(tmp_path, *lines), dataset)
    assert (report.rows_new, report.rows_revised, report.rows_same) == (4, 1, 2)
    assert (report.duplicates, report.rows_refused) == (1, 6)
    assert report.rows_in == len(lines) == 4 + 1 + 2 + 1 + 6
    refused = {each.ticker: each.problem.code for each in report.refused_tickers}
    assert refused == {"CCC": "quality.D1", "=SUM(A1)": "ingest.ticker"}


def test_a_refused_ticker_names_its_first_line(
    tmp_path: Path, dataset: Dataset
) -> None:
    path = csv(tmp_path, *rows("AAA"), *rows("BBB"), "BBB,2024-11-26,1,1,1,1,1")
    (refused,) = take(path, dataset).refused_tickers
    assert refused.first_line == "bars.csv, line 7"
    assert refused.problem.where == "BBB 2024-11-26"
    assert set(dataset.bars().read()["ticker"]) == {"AAA"}


def test_if_no_ticker_can_be_taken_nothing_is_written(
    tmp_path: Path, dataset: Dataset
) -> None:
    path = csv(tmp_path, "AAA,2024-11-25,10,8,9,10,5", "BBB,2024-11-25,10,8,9,10,5")
    with pytest.raises(IngestRefused) as caught:
        take(path, dataset)
    assert [problem.code for problem in caught.value.problems] == ["quality.D2"] * 2
    assert not dataset.root.exists()


def test_it_reports_what_quality_will_leave_out(
    tmp_path: Path, dataset: Dataset
) -> None:
    days = pd.bdate_range("2024-09-03", "2024-11-26").strftime("%Y-%m-%d")
    lines = [
        f"AAA,{day},{10 + n / 8},{11 + n / 8},{9 + n / 8},{10.5 + n / 8},100"
        for n, day in enumerate(days)
    ]
    lines[5] = lines[5].replace(",100", ",-1")
    lines.append("AAA,2024-11-30,15,16,14,15,100")  # a Saturday
    report = take(csv(tmp_path, *lines), dataset)
    assert report.quarantined == {"D3": 1, "D4": 1}
    found = dataset.bars().problems()
    assert found["rule"].tolist() == ["D3", "D4"]
    assert len(dataset.bars().kept()) == len(lines) - 2


def test_a_new_row_proves_an_old_one_foreign(tmp_path: Path, dataset: Dataset) -> None:
    take(csv(tmp_path, *rows("AAA")), dataset)
    line = rows("AAA")[1].replace(DAYS[1], "2024-12-02")
    report = take(csv(tmp_path, line), dataset)
    assert report.quarantined == {"D9": 1}


def test_files_in_a_zip_are_named_after_their_tickers(
    tmp_path: Path, dataset: Dataset
) -> None:
    header = "Date,Open,High,Low,Close,Volume"
    with zipfile.ZipFile(tmp_path / "us.zip", "w") as archive:
        for name in ("daily/aapl.us.txt", "daily/BRK-B.csv", "__MACOSX/x.csv"):
            archive.writestr(name, f"{header}\n2024-11-25,1,2,1,2,3\n")
        archive.writestr("readme.md", "not bars")
    report = take(tmp_path / "us.zip", dataset)
    assert report.files == ("us.zip/daily/BRK-B.csv", "us.zip/daily/aapl.us.txt")
    assert dataset.bars().read()["ticker"].tolist() == ["AAPL", "BRK-B"]


def test_a_folder_is_read_with_what_lies_below_it(
    tmp_path: Path, dataset: Dataset
) -> None:
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    header = "date,open,high,low,close,volume"
    for path in (folder / "AAA.csv", folder / "deep/BBB.csv", folder / ".hidden/C.csv"):
        path.write_text(f"{header}\n2024-11-25,1,2,1,2,3\n")
    told: list[tuple[float, str]] = []
    report = take(folder, dataset, progress=lambda *step: told.append(step))
    assert report.files == ("AAA.csv", "BBB.csv")
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_parquet_gives_what_csv_gives(tmp_path: Path, dataset: Dataset) -> None:
    path = csv(tmp_path, *rows("AAA"), *rows("BBB"))
    take(path, dataset)
    table = pd.read_csv(path, dtype={"ticker": "str"}, parse_dates=["date"])
    table.to_parquet(tmp_path / "bars.parquet")
    report = take(tmp_path / "bars.parquet", dataset)
    assert report.rows_same == 8


def test_kinds_of_adjustment_never_mix(tmp_path: Path, dataset: Dataset) -> None:
    take(csv(tmp_path, *rows("AAA")), dataset, adjustment="raw")
    path = csv(tmp_path, *rows("AAA"), *rows("BBB"))
    report = take(path, dataset, adjustment="split")
    (refused,) = report.refused_tickers
    assert (refused.ticker, refused.rows) == ("AAA", 4)
    assert refused.problem.code == "ingest.adjustment"
    assert dataset.bars().adjustments() == {"AAA": "raw", "BBB": "split"}


def test_unknown_adjustment_is_said(tmp_path: Path, dataset: Dataset) -> None:
    report = take(csv(tmp_path, *rows("AAA")), dataset)
    assert report.adjustment == "unknown"
    assert [p.code for p in report.problems] == ["ingest.adjustment_unknown"]


def test_a_kind_that_is_said_later_takes_the_place_of_unknown(
    tmp_path: Path, dataset: Dataset
) -> None:
    path = csv(tmp_path, *rows("AAA"), *rows("BBB"))
    take(path, dataset)
    before, _ = dataset.bars().read(), dataset.bars().arrays()
    later = NOW + timedelta(days=1)
    report = ingest([path], dataset, ingested_at=later, adjustment="split")
    assert (report.rows_revised, report.rows_same) == (8, 0)
    assert report.problems == report.refused_tickers == ()
    store = dataset.bars()
    assert store.adjustments() == {"AAA": "split", "BBB": "split"}
    assert store.info()["adjustment"] == ["split"]
    pd.testing.assert_frame_equal(store.read(known_by=NOW), before)  # as it was known
    again = ingest([path], dataset, ingested_at=later, adjustment="split")
    assert again.rows_same == 8
    store.compact()
    assert store.adjustments() == {"AAA": "split", "BBB": "split"}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (rows("AAA")[1:], "1 of its stored bars are not here, first 2024-11-25"),
        (rows("AAA", 20.0), "4 of its stored bars have other prices, first 2024-11-25"),
    ],
)
def test_a_kind_is_not_taken_without_the_stored_bars(
    tmp_path: Path, dataset: Dataset, lines: list[str], why: str
) -> None:
    take(csv(tmp_path, *rows("AAA")), dataset)
    path = csv(tmp_path, *lines, *rows("BBB"))
    (refused,) = take(path, dataset, adjustment="raw").refused_tickers
    assert refused.ticker == "AAA"
    assert why in refused.problem.message
    assert "--adjustment raw" in refused.problem.hint
    assert dataset.bars().adjustments() == {"AAA": "unknown", "BBB": "raw"}


def test_unknown_does_not_take_the_place_of_a_kind(
    tmp_path: Path, dataset: Dataset
) -> None:
    take(csv(tmp_path, *rows("AAA")), dataset, adjustment="raw")
    with pytest.raises(IngestRefused, match="Say --adjustment raw"):
        take(csv(tmp_path, *rows("AAA")), dataset)


@pytest.mark.parametrize(
    ("adjusted", "wanted"),
    [
        ((9.9, 9.9, 10.0, 10.0), "split"),
        ((5.0, 5.0, 10.0, 10.0), "raw"),
        (("", "", "", ""), "unknown"),
    ],
)
def test_an_adjusted_close_tells_the_adjustment(
    tmp_path: Path, dataset: Dataset, adjusted: tuple[object, ...], wanted: str
) -> None:
    lines = [
        f"AAA,{day},10,11,9,10,5,{close}"
        for day, close in zip(DAYS, adjusted, strict=True)
    ]
    path = csv(tmp_path, *lines, header=f"{HEADER},Adj Close")
    assert take(path, dataset).adjustment == wanted


def test_unknown_words_are_named(tmp_path: Path, dataset: Dataset) -> None:
    path = csv(tmp_path, *rows("AAA"))
    for options in ({"cadence": "dayly"}, {"adjustment": "splt"}):
        with pytest.raises(UnknownName):
            take(path, dataset, **options)


def test_a_membership_is_taken_with_other_names_of_its_columns(
    tmp_path: Path, dataset: Dataset
) -> None:
    path = csv(
        tmp_path,
        "NA,2020-01-02,",
        "TRUE,2020-01-02,2021-03-01",
        header="Symbol,start_date,end_date",
        name="index.csv",
    )
    report = ingest_table("membership", path, dataset)
    assert report.rows_in == 2
    spells = dataset.membership("index")
    assert spells["ticker"].tolist() == ["NA", "TRUE"]
    assert spells["end"].isna().tolist() == [True, False]


def test_actions_are_taken_and_explain_a_split(
    tmp_path: Path, dataset: Dataset
) -> None:
    path = csv(
        tmp_path,
        "AAA,2024-11-26,split,2,",
        "AAA,2024-11-27,dividend,,0.25",
        header="ticker,ex_date,kind,split_factor,cash",
        name="actions.csv",
    )
    assert ingest_table("actions", path, dataset).rows_in == 2
    assert dataset.actions()["split_factor"].tolist()[0] == 2.0


def test_reference_data_is_taken(tmp_path: Path, dataset: Dataset) -> None:
    path = csv(
        tmp_path,
        "AAA,Alpha Works,Energy",
        header="Symbol,Security,GICS Sector",
        name="reference.csv",
    )
    ingest_table("reference", path, dataset)
    assert dataset.reference()["sector"].tolist() == ["Energy"]


@pytest.mark.parametrize(
    ("kind", "header", "line", "code"),
    [
        ("actions", "ticker,ex_date,kind", "AAA,2024-11-26,merger", "actions.row"),
        ("actions", "ticker,ex_date,kind", "AAA,soon,split", "ingest.date"),
        ("actions", "ticker,ex_date,kind", "AAA,2024-11-26,split", "actions.row"),
        (
            "actions",
            "ticker,ex_date,kind,cash",
            "AAA,2024-11-26,dividend,much",
            "ingest.number",
        ),
        ("actions", "ticker,kind", "AAA,split", "ingest.missing_column"),
        ("membership", "ticker,start", ",2020-01-02", "ingest.empty_cell"),
        (
            "membership",
            "ticker,start,end",
            "AAA,2020-01-02,2019-01-02",
            "membership.row",
        ),
    ],
)
def test_a_faulty_row_refuses_a_table_whole(
    tmp_path: Path, dataset: Dataset, kind: str, header: str, line: str, code: str
) -> None:
    path = csv(tmp_path, line, header=header, name="table.csv")
    with pytest.raises(IngestRefused) as caught:
        ingest_table(kind, path, dataset)
    assert caught.value.code == code
    assert not dataset.root.exists()


def test_a_cancelled_ingest_writes_nothing(tmp_path: Path, dataset: Dataset) -> None:
    def stop_before_storing(share: float, words: str) -> None:
        if words.startswith("storing"):
            raise Cancelled

    with pytest.raises(Cancelled):
        take(csv(tmp_path, *rows("AAA")), dataset, progress=stop_before_storing)
    assert not dataset.root.exists()


@pytest.mark.parametrize(
    ("cadence", "given", "day"),
    [
        ("daily", "2024-12-03", "2024-12-03"),
        ("daily", "2042-11-25", "2042-11-25"),
        ("5m", "2024-12-02 22:05Z", "2024-12-02 22:05 UTC"),
    ],
)
def test_a_bar_that_is_still_to_come_refuses_the_file(
    tmp_path: Path, dataset: Dataset, cadence: str, given: str, day: str
) -> None:
    good = "2024-11-25" if cadence == "daily" else "2024-11-25 15:00Z"
    lines = [f"{name},10,11,9,10,5" for name in (f"AAA,{good}", f"BBB,{given}")]
    with pytest.raises(IngestRefused) as caught:
        take(csv(tmp_path, *lines), dataset, cadence=cadence)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("ingest.future", "bars.csv, line 3")
    assert f"a bar of BBB is of {day}" in problem.message
    assert "Check the year" in problem.hint
    assert not dataset.root.exists()


def test_the_bar_of_the_day_in_new_york_is_taken(
    tmp_path: Path, dataset: Dataset
) -> None:
    path = csv(tmp_path, *rows("AAA"), "AAA,2024-12-02,10,11,9,10,5")
    night = datetime(2024, 12, 3, 2, 0, tzinfo=UTC)  # 21:00 in New York
    assert ingest([path], dataset, ingested_at=night).rows_new == 5
