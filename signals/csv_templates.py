"""A small file of each kind, to fill in; every one is taken as it stands."""

from __future__ import annotations

from collections.abc import Mapping

#: A file of each kind to fill in.
TEMPLATES: Mapping[str, str] = {
    "bars": "ticker,date,open,high,low,close,volume\r\n"
    "ABC,2023-06-29,41.20,41.95,41.05,41.80,1250000\r\n"
    "ABC,2023-06-30,41.80,42.60,41.70,42.45,1610000\r\n",
    "actions": "ticker,ex_date,kind,split_factor,cash\r\n"
    "ABC,2023-05-12,split,2,\r\n"
    "ABC,2023-06-09,dividend,,0.24\r\n",
    "reference": "ticker,name,sector,asset,listed,delisted\r\n"
    "ABC,Abacus Holdings,Industrials,eq,2009-04-02,\r\n",
    "membership": "ticker,start,end\r\n"
    "ABC,2015-06-22,\r\nXYZ,2009-03-02,2019-12-23\r\n",
    "index": "ticker,date,close,total_return\r\nSPX,2023-06-30,4450.38,\r\n",
    "iv": "ticker,date,iv,hv\r\n"
    "ABC,2023-06-29,0.254,0.231\r\nABC,2023-06-30,,0.229\r\n",
}
