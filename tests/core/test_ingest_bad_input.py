"""Files that are not what they should be: each is refused with code, place and fix."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from sigma_core.bars.store import Dataset
from sigma_core.errors import IngestRefused
from sigma_core.ingest import Limits, ingest
from sigma_core.quality import derive

NOW = datetime(2024, 12, 2, 22, 0, tzinfo=UTC)
HEADER = "ticker,date,open,high,low,close,volume\n"
GOOD = "AAA,2024-11-25,10,12,9,11,500\n"


def refusal(path: Path, tmp_path: Path, **options: object) -> IngestRefused:
    """What refuses this file; the dataset must not even have begun."""
    dataset = Dataset(tmp_path / "datasets", "main", derive=derive)
    with pytest.raises(IngestRefused) as caught:
        ingest([path], dataset, ingested_at=NOW, **options)
    assert not dataset.root.exists()
    for problem in caught.value.problems:
        assert problem.message.endswith(".")
        assert problem.where
    return caught.value


CASES = [
    ("missing column", "ticker,date,open,high,low,close\nA,2024-11-25,1,1,1,1\n",
     "ingest.missing_column", "header"),
    ("misspelt column", "ticker,date,open,high,low,close,volumne\n" + GOOD,
     "ingest.missing_column", "header"),
    ("column twice", "ticker,date,open,Open,high,low,close,volume\n" + GOOD,
     "ingest.column_twice", "header"),
    ("no header", GOOD.replace("AAA,", ""), "ingest.no_header", "line 1"),
    ("header alone", HEADER, "ingest.empty", "bars.csv"),
    ("nothing at all", "", "ingest.empty", "bars.csv"),
    ("blank lines", "\n \n\n", "ingest.empty", "bars.csv"),
    ("no number", HEADER + GOOD + GOOD.replace("12", "x"), "ingest.number", "line 3"),
    ("thousands", HEADER + GOOD.replace(",500", ',"1,500"'), "ingest.number", "line 2"),
    ("cut off", HEADER + GOOD + "AAA,2024-11-26,10,12", "ingest.ragged", "line 3"),
    ("too many cells", HEADER + GOOD.replace("500", "5,7"), "ingest.ragged", "line 2"),
    ("open quote", HEADER + GOOD + '"AAA,2024-11-26,10', "ingest.quotes", "line"),
    ("empty ticker", HEADER + GOOD + GOOD.replace("AAA", " "),
     "ingest.no_ticker", "line 3"),
    ("mixed dates", HEADER + GOOD + GOOD.replace("2024-11-25", "26.11.2024"),
     "ingest.mixed_dates", "line 3"),
    ("no such day", HEADER + GOOD.replace("11-25", "02-30"), "ingest.date", "line 2"),
    ("high below low", HEADER + GOOD.replace("12,9", "9,12"), "quality.D2", "AAA"),
    ("contradiction", HEADER + GOOD + GOOD.replace("11,", "10,"), "quality.D1", "AAA"),
    ("no prices", HEADER + GOOD.replace("10,12,9,11", ",,,"), "quality.D2", "AAA"),
    ("prices that are inf", HEADER + GOOD.replace("12", "inf"), "quality.D2", "AAA"),
    ("a price too large", HEADER + GOOD.replace("12", "1e400"), "quality.D2", "AAA"),
    ("formula", HEADER + GOOD.replace("AAA", "=cmd"), "ingest.ticker", "=cmd"),
    ("path as ticker", HEADER + GOOD.replace("AAA", "../x"), "ingest.ticker", "../x"),
    ("intraday as daily",
     HEADER + "".join(GOOD.replace("-25", f"-25 1{n}:00") for n in range(9)),
     "ingest.cadence", "bars.csv"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [case[1:] for case in CASES],
    ids=[case[0].replace(" ", "-") for case in CASES],
)
def test_it_refuses(tmp_path: Path, text: str, code: str, where: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(text, encoding="utf-8")
    error = refusal(path, tmp_path)
    assert error.code == code
    assert where in error.problems[0].where


def test_a_missing_column_is_named_with_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("ticker,date,open,high,low,close,volumne\n" + GOOD)
    (problem,) = refusal(path, tmp_path).problems
    assert problem.message == "no column for volume."
    assert "'volumne' meant? Then name it 'volume'" in problem.hint
    assert "'open'" in problem.hint


def test_every_wrong_number_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    bad = GOOD.replace("12", "x") + GOOD + GOOD.replace("500", "0x10")
    path.write_text(HEADER + bad)
    found = [(p.where, p.message) for p in refusal(path, tmp_path).problems]
    assert found == [
        ("bars.csv, line 2, column 'high', AAA 2024-11-25", "'x' is not a number."),
        (
            "bars.csv, line 4, column 'volume', AAA 2024-11-25",
            "'0x10' is not a number.",
        ),
    ]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bars.csv", b"PAR1\x00\x01", "ingest.wrong_kind"),
        ("bars.csv", b"PK\x03\x04....", "ingest.wrong_kind"),
        ("bars.csv", bytes(range(256)), "ingest.not_text"),
        ("bars.csv", HEADER.encode() + b"A\xff\xfeA,2024-11-25,1", "ingest.not_text"),
        ("bars.parquet", HEADER.encode(), "ingest.wrong_kind"),
        ("bars.parquet", b"PAR1 junk junk junk PAR1", "ingest.damaged"),
        ("bars.zip", b"PK\x03\x04 junk", "ingest.damaged"),
        ("bars.xlsx", b"PK\x03\x04", "ingest.wrong_ending"),
        ("bars", HEADER.encode(), "ingest.wrong_ending"),
    ],
)
def test_a_file_must_be_what_it_is_called(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refusal(path, tmp_path).code == code


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.csv", tmp_path).code == "ingest.no_such_file"


def test_a_folder_without_bars(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert refusal(tmp_path / "in", tmp_path).code == "ingest.nothing_there"


def test_one_bad_file_refuses_all(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text(HEADER + GOOD)
    (folder / "b.csv").write_text(HEADER + GOOD.replace("12", "x"))
    assert refusal(folder, tmp_path).problems[0].where.startswith("b.csv")


def test_a_flipped_byte_of_a_parquet_file_is_found(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "ticker": ["AAA"] * 500,
            "date": pd.bdate_range("2020-01-02", periods=500),
            **{name: range(1, 501) for name in ("open", "high", "low", "close")},
            "volume": range(500),
        }
    )
    path = tmp_path / "bars.parquet"
    table.to_parquet(path, write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x10
    path.write_bytes(bytes(content))
    assert refusal(path, tmp_path).code == "ingest.damaged"


def test_tickers_stored_as_numbers_are_refused(tmp_path: Path) -> None:
    table = pd.DataFrame({"ticker": [7], "date": ["2024-11-25"]}).assign(
        open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0
    )
    table.to_parquet(tmp_path / "bars.parquet")
    error = refusal(tmp_path / "bars.parquet", tmp_path)
    assert error.code == "ingest.ticker_type"


def test_a_column_of_an_odd_type_is_refused(tmp_path: Path) -> None:
    table = pd.DataFrame({"ticker": ["A"], "date": ["2024-11-25"], "open": [[1.0]]})
    table = table.assign(high=1.0, low=1.0, close=1.0, volume=1.0)
    table.to_parquet(tmp_path / "bars.parquet")
    error = refusal(tmp_path / "bars.parquet", tmp_path)
    assert error.code == "ingest.column_type"


def zipped(path: Path, name: str, text: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return path


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", "AAA.csv", HEADER + "0" * 20_000_000)
    assert refusal(bomb, tmp_path).code == "ingest.zip_ratio"


def test_a_zip_without_bars(tmp_path: Path) -> None:
    path = zipped(tmp_path / "us.zip", "readme.md", "hello")
    assert refusal(path, tmp_path).code == "ingest.zip_members"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(rows=2), "ingest.too_large"),
        (Limits(file_bytes=50), "ingest.too_large"),
    ],
)
def test_caps_are_named(tmp_path: Path, limits: Limits, code: str) -> None:
    path = tmp_path / "bars.csv"
    days = ("25", "26", "27", "29")
    path.write_text(HEADER + "".join(GOOD.replace("-25", f"-{day}") for day in days))
    assert refusal(path, tmp_path, limits=limits).code == code


def test_bad_bars_of_a_sound_ticker_are_kept_and_marked(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-09-03", "2024-11-26").strftime("%Y-%m-%d")
    lines = [GOOD.replace("2024-11-25", day) for day in days]
    lines = [line.replace(",11,5", f",{10 + n / 80},5") for n, line in enumerate(lines)]
    lines[3] = lines[3].replace(",12,", ",8,")
    lines[7] = lines[7].replace(",10,", ",nan,", 1)
    path = tmp_path / "bars.csv"
    path.write_text(HEADER + "".join(reversed(lines)))
    dataset = Dataset(tmp_path / "datasets", "main", derive=derive)
    report = ingest([path], dataset, ingested_at=NOW)
    assert report.quarantined == {"D2": 2}
    assert report.rows_new == len(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER.replace(",volume", "") + GOOD[:-5] + "\n", "volume as volume, v, vol,"),
        (HEADER, "Get it again with its rows"),
        ("", "Get the file again"),
        (HEADER + GOOD.replace("12,9", "9,12"),
         "bars.csv, line 2, AAA 2024-11-25: 1 of 1 bars can't be (low ≤ open, close ≤ "
         "high, all 0.000001 to 10¹⁶); the first has the high 9 below the low 12."),
        (HEADER + GOOD.replace("11,", "15,"), "has the close 15 outside 9 to 12."),
        (HEADER + GOOD.replace("10,", "-1,"), "has the open −1."),
        (HEADER + GOOD + GOOD.replace("11,5", "10,5"),
         "AAA 2024-11-25: 1 time has rows that differ."),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_and_what_to_do(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "bars.csv"
    path.write_text(text, encoding="utf-8")
    assert said in str(refusal(path, tmp_path))


def test_a_bar_that_is_left_out_is_named_by_its_line(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-10-14", "2024-11-22").strftime("%Y-%m-%d")
    lines = [GOOD.replace("2024-11-25", day) for day in days]
    lines[20] = lines[20].replace("12,9", "9,12")
    path = tmp_path / "bars.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    dataset = Dataset(tmp_path / "datasets", "main", derive=derive)
    report = ingest([path], dataset, ingested_at=NOW, adjustment="raw")
    problem = {each.code: each for each in report.problems}["quality.D2"]
    assert problem.severity == "warning"
    assert problem.where == "bars.csv, line 22, AAA 2024-11-11"
    assert "high 9, low 12" in problem.message


def test_a_warning_names_the_first_ticker_and_day_it_is_of(tmp_path: Path) -> None:
    days = pd.bdate_range("2024-10-14", "2024-11-22").strftime("%Y-%m-%d")
    lines = [GOOD.replace("2024-11-25", day) for day in days]
    of = {name: [line.replace("AAA", name) for line in lines] for name in "AB"}
    of["B"][5:] = [line.replace("10,12,9,11", "20,24,18,22") for line in of["B"][5:]]
    del of["B"][10:19]
    path = tmp_path / "bars.csv"
    path.write_text(HEADER + "".join(of["A"] + of["B"]), encoding="utf-8")
    dataset = Dataset(tmp_path / "datasets", "main", derive=derive)
    report = ingest([path], dataset, ingested_at=NOW, adjustment="raw")
    told = [each for each in report.problems if each.code == "quality.D5"]
    # bars resume on the twentieth day: line 1 + 30 of A + 11 of B
    assert [(each.where, each.hint) for each in told] == [
        ("bars.csv, line 42, B 2024-11-08", "The bar is used.")
    ]
    assert "no bar for 9 sessions" in told[0].message
