"""Files as the common sources write them, and every way of writing a time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sigma_core.errors import IngestRefused
from sigma_core.ingest import Parsed, read_files
from sigma_core.ingest.parse import ticker_in_name


def parsed(tmp_path: Path, text: str, name: str = "AAPL.csv", **options: str) -> Parsed:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_files([path], **options)


def first(found: Parsed) -> tuple[str, str, list[float]]:
    bar = found.bars.iloc[0]
    prices = [float(bar[name]) for name in ("open", "high", "low", "close", "volume")]
    return str(bar["ticker"]), f"{bar['ts']:%Y-%m-%d %H:%M}", prices


OHLCV = [10.0, 12.0, 9.0, 11.0, 500.0]


@pytest.mark.parametrize(
    ("name", "text", "cadence", "ticker", "ts"),
    [
        (
            "AAPL.csv",  # Yahoo
            "Date,Open,High,Low,Close,Adj Close,Volume\n"
            "2024-11-25,10,12,9,11,10.9,500\n2024-11-26,null,null,null,null,null,null\n",
            "daily",
            "AAPL",
            "2024-11-25 00:00",
        ),
        (
            "aapl.us.txt",  # Stooq, bulk
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
            "AAPL.US,D,20241125,000000,10,12,9,11,500,0\n",
            "daily",
            "AAPL",
            "2024-11-25 00:00",
        ),
        (
            "aapl_us_d.csv",  # Stooq, one file
            "Date,Open,High,Low,Close,Volume\n2024-11-25,10,12,9,11,500\n",
            "daily",
            "AAPL",
            "2024-11-25 00:00",
        ),
        (
            "flat.csv",  # Polygon, flat files: nanoseconds at New York's midnight
            "ticker,volume,open,close,high,low,window_start,transactions\n"
            "AAPL,500,10,11,12,9,1732510800000000000,77\n",
            "daily",
            "AAPL",
            "2024-11-25 00:00",
        ),
        (
            "aggregates.csv",  # Polygon, aggregates: milliseconds
            "T,v,vw,o,c,h,l,t,n\nAAPL,500,10.5,10,11,12,9,1732545000000,77\n",
            "5m",
            "AAPL",
            "2024-11-25 14:30",
        ),
        (
            "AAPL.csv",  # MetaTrader 5
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
            "2024.11.25\t09:30:00\t10\t12\t9\t11\t77\t500\t1\n",
            "5m",
            "AAPL",
            "2024-11-25 14:30",
        ),
        (
            "AAPL.csv",  # MetaTrader 4, no header
            "2024.11.25,09:30,10,12,9,11,500\n",
            "5m",
            "AAPL",
            "2024-11-25 14:30",
        ),
        (
            "aapl.csv",  # QuantConnect Lean, daily, no header
            "20241125 00:00,100000,120000,90000,110000,500\n",
            "daily",
            "AAPL",
            "2024-11-25 00:00",
        ),
        (
            "history.csv",  # QuantConnect Lean, notebook
            "symbol,time,open,high,low,close,volume\n"
            "AAPL,2024-11-25 09:30:00,10,12,9,11,500\n",
            "5m",
            "AAPL",
            "2024-11-25 14:30",
        ),
    ],
)
def test_it_reads_the_files_of(
    tmp_path: Path, name: str, text: str, cadence: str, ticker: str, ts: str
) -> None:
    zone = {"tz": "America/New_York"} if cadence == "5m" else {}
    found = parsed(tmp_path, text, name, cadence=cadence, **zone)
    assert first(found) == (ticker, ts, OHLCV)


@pytest.mark.parametrize(
    "text",
    [
        "2024-11-25",
        "2024/11/25",
        "2024.11.25",
        "20241125",
        "2024-11-25 00:00:00",
        "2024-11-25T16:00:00",
        "2024-11-25 00:00:00-05:00",
        "2024-11-25T05:00:00Z",
        "25/11/2024",
        "11/25/2024",
        "25.11.2024",
        "1732510800",
        "1732510800.0",
        "1732510800000",
        "1732510800000000",
        "1732510800000000000",
    ],
)
def test_it_reads_a_day(tmp_path: Path, text: str) -> None:
    found = parsed(
        tmp_path, f"date,open,high,low,close,volume\n{text},10,12,9,11,500\n"
    )
    assert first(found)[1] == "2024-11-25 00:00"


@pytest.mark.parametrize(
    ("text", "zone", "wanted"),
    [
        ("2024-11-25 09:30", "America/New_York", "2024-11-25 14:30"),
        ("2024-07-01 09:30", "America/New_York", "2024-07-01 13:30"),
        ("2024-11-25T14:30:00Z", None, "2024-11-25 14:30"),
        ("2024-11-25T09:30:00-05:00", None, "2024-11-25 14:30"),
        ("2024-11-25 09:30:00-0500", "Asia/Tokyo", "2024-11-25 14:30"),
        ("1732545000", "Asia/Tokyo", "2024-11-25 14:30"),
        ("20241125 0930", "America/New_York", "2024-11-25 14:30"),
        ("20241125 093000", "America/New_York", "2024-11-25 14:30"),
        ("25/11/2024 09:30", "America/New_York", "2024-11-25 14:30"),
    ],
)
def test_it_reads_a_moment(
    tmp_path: Path, text: str, zone: str | None, wanted: str
) -> None:
    table = f"datetime,open,high,low,close,volume\n{text},10,12,9,11,500\n"
    found = parsed(tmp_path, table, cadence="5m", **({"tz": zone} if zone else {}))
    assert first(found)[1] == wanted


@pytest.mark.parametrize(
    ("texts", "cadence", "zone", "code"),
    [
        (["03/04/2024"], "daily", None, "ingest.ambiguous_date"),
        (["13/04/2024", "04/13/2024"], "daily", None, "ingest.ambiguous_date"),
        (["2024-11-25", "20241126"], "daily", None, "ingest.mixed_dates"),
        (["2024-11-25", "26/11/2024"], "daily", None, "ingest.mixed_dates"),
        (["2024-11-25 09:30", "2024-11-25T14:35Z"], "5m", None, "ingest.mixed_dates"),
        (["2025-02-30"], "daily", None, "ingest.date"),
        (["2024-11-25", ""], "daily", None, "ingest.date"),
        (["25-Nov-2024"], "daily", None, "ingest.date"),
        (["2024-11-25 25:00"], "5m", "UTC", "ingest.date"),
        (["2024-11-25"], "5m", "UTC", "ingest.date"),
        (["2024-11-25 09:30:00.5"], "5m", "UTC", "ingest.date"),
        (["1850-01-01"], "daily", None, "ingest.date_range"),
        (["2024-11-25 09:30"], "5m", None, "ingest.tz"),
        (["2024-11-25 09:30"], "5m", "America/New_Yorck", "ingest.tz"),
        (["2024-11-25 09:30"], "5m", "../../etc/passwd", "ingest.tz"),
        (["2024-03-10 02:30"], "5m", "America/New_York", "ingest.clock_change"),
        (["2024-11-03 01:30"], "5m", "America/New_York", "ingest.clock_change"),
    ],
)
def test_it_never_guesses_a_time(
    tmp_path: Path, texts: list[str], cadence: str, zone: str | None, code: str
) -> None:
    lines = "".join(f"{text},10,12,9,11,500\n" for text in texts)
    options = {"cadence": cadence} | ({"tz": zone} if zone else {})
    with pytest.raises(IngestRefused) as caught:
        parsed(tmp_path, f"datetime,open,high,low,close,volume\n{lines}", **options)
    assert caught.value.code == code
    assert caught.value.problems[0].where


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    stamps = pd.to_datetime(["2024-11-25 09:30", "2024-11-25 09:35"])
    table = pd.DataFrame({"ts": stamps, "ticker": ["NA", "007"]}).assign(
        open=1.0, high=1.0, low=1.0, close=1.0, volume=5
    )
    path = tmp_path / "bars.parquet"
    for zone, wanted in (
        (None, "2024-11-25 14:30"),
        ("America/New_York", "2024-11-25 14:30"),
        ("UTC", "2024-11-25 09:30"),
    ):
        zoned = table.assign(ts=table["ts"].dt.tz_localize(zone)) if zone else table
        zoned.assign(ticker=table["ticker"].astype("category")).to_parquet(path)
        tz = "America/New_York" if zone is None else None
        found = read_files([path], cadence="5m", tz=tz)
        assert found.bars["ticker"].tolist() == ["NA", "007"]
        assert f"{found.bars['ts'][0]:%Y-%m-%d %H:%M}" == wanted


def test_tickers_are_text_always(tmp_path: Path) -> None:
    names = ["NA", "TRUE", "007", "null", "1E5", "NaN", "BRK.B", "BF-B", "^GSPC"]
    lines = "".join(f"{name},2024-11-25,1,1,1,1,1\n" for name in names)
    found = parsed(tmp_path, f"ticker,date,open,high,low,close,volume\n{lines}")
    assert found.bars["ticker"].tolist() == names


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffdate,open,high,low,close,volume\n2024-11-25,10,12,9,11,500\n",
        "date;open;high;low;close;volume\n2024-11-25;10,0;12,0;9,0;11,0;500\n",
        "date\topen\thigh\tlow\tclose\tvolume\n2024-11-25\t10\t12\t9\t11\t500",
        "date|open|high|low|close|volume\n2024-11-25|10|12|9|11|500\n",
        '"date","open","high","low","close","volume"\n"2024-11-25","10",12,9,11,500\n',
        "\n\ndate,open,high,low,close,volume\n\n2024-11-25,10,12,9,11,500\n\n,,,,,\n",
        "date,open,high,low,close,volume\r\n2024-11-25, 10 ,12,9,11,5e2\r\n",
        "date,open,high,low,close,volume,extra\n2024-11-25,10,12,9,11,500,=x\n",
    ],
)
def test_it_reads_text_of_many_kinds(tmp_path: Path, text: str) -> None:
    found = parsed(tmp_path, text)
    assert len(found.bars) == 1
    assert first(found) == ("AAPL", "2024-11-25 00:00", OHLCV)


def test_utf_16_with_its_mark_is_text(tmp_path: Path) -> None:
    path = tmp_path / "AAPL.csv"
    text = "date,open,high,low,close,volume\n2024-11-25,10,12,9,11,500\n"
    path.write_bytes(text.encode("utf-16"))
    assert first(read_files([path])) == ("AAPL", "2024-11-25 00:00", OHLCV)


@pytest.mark.parametrize(
    ("stem", "ticker"),
    [
        ("aapl", "AAPL"),
        ("aapl.us", "AAPL"),
        ("BRK-B", "BRK-B"),
        ("brk.b", "BRK.B"),
        ("aapl_us_d", "AAPL"),
        ("AAPL_1d", "AAPL"),
        ("msft-daily", "MSFT"),
        ("prices", None),
        ("data", None),
        ("sp500_daily_sample10", None),
        ("my download (1)", None),
    ],
)
def test_a_file_name_is_a_ticker_or_not(stem: str, ticker: str | None) -> None:
    assert ticker_in_name(stem) == ticker


def test_a_ticker_can_be_given(tmp_path: Path) -> None:
    text = "date,open,high,low,close,volume\n2024-11-25,10,12,9,11,500\n"
    assert first(parsed(tmp_path, text, "export.csv", ticker="XYZ"))[0] == "XYZ"
