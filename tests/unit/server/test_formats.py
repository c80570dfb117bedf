"""Which form a request asks for, and tables as CSV."""

import math

import numpy as np
import pytest
from starlette.requests import Request

from yoloscope.query import tables
from yoloscope.server.routes import formats
from yoloscope.server.routes.formats import comma


def _request(*accept: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept", one.encode()) for one in accept]})


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("application/vnd.yoloscope.columns", "columns"),
        ("text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "csv"),
        ("text/*", "csv"),
        ("application/vnd.apache.arrow.stream", "arrow"),
        ("text/csv, application/json", "csv"),
        ("application/json, text/csv", "json"),
        ("*/*, text/csv", "csv"),
        ("text/csv;q=0.4, application/vnd.apache.arrow.stream;q=0.9, */*;q=0.1", "arrow"),
        ("text/csv;q=0.4, */*", "json"),
        ("text/csv;q=0", "json"),
        ("text/csv;q=0, application/vnd.apache.arrow.stream;q=0.001", "arrow"),
        ("text/csv;q=much", "json"),
        ("text/csv; header=present; Q=0.5, application/json;q=0.6", "json"),
        ("application/pdf", "json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "json"),
    ],
)
def test_accept_decides_with_its_qualities(accept, form) -> None:
    assert formats.chosen(_request(accept), asked=None) == form


def test_several_headers_are_one_and_a_name_counts_before_all() -> None:
    assert formats.chosen(_request("text/csv;q=0.2", "application/vnd.apache.arrow.stream"), asked=None) == "arrow"
    assert formats.chosen(_request("text/csv"), asked="columns") == "columns"


def test_csv_has_a_text_for_each_kind_of_cell() -> None:
    fields = (
        tables.Field('na"me', "label", ("plain", "a,b", '"', "=1", "-2", "@x", "好 0")),
        tables.Field("int", "int"),
        tables.Field("float", "float"),
        tables.Field("bool", "bool"),
        tables.Field("time", "time"),
    )
    rows = 7
    piece = (
        tables.Cells(np.arange(rows)),
        tables.Cells(np.array([0, -1, 2**63 - 1, 1 - 2**63, 5, 6, 7]), np.array([False] * 6 + [True])),
        tables.Cells(
            np.array([0.1, math.nan, math.inf, -math.inf, -0.0, 5e-324, 1e22]), np.array([False] * 6 + [True])
        ),
        tables.Cells(np.array([True, False] * 3 + [True])),
        tables.Cells(np.array([0, 1, 10**18, -1, 1_700_000_000_123_456_789, 2, 3])),
    )
    text = b"".join(comma.parts(tables.Table(fields, iter([piece])))).decode()
    assert text.split("\r\n") == [
        '"na""me",int,float,bool,time',
        "plain,0,0.1,true,1970-01-01T00:00:00.000000000Z",
        '"a,b",-1,NaN,false,1970-01-01T00:00:00.000000001Z',
        '"""",9223372036854775807,inf,true,2001-09-09T01:46:40.000000000Z',
        "'=1,-9223372036854775807,-inf,false,1969-12-31T23:59:59.999999999Z",
        "'-2,5,-0.0,true,2023-11-14T22:13:20.123456789Z",
        "'@x,6,5e-324,false,1970-01-01T00:00:00.000000002Z",
        "好 0,,,true,1970-01-01T00:00:00.000000003Z",
        "",
    ]


def test_a_table_without_rows_is_its_names() -> None:
    table = tables.Table((tables.Field("a", "int"), tables.Field("b", "float")), iter(()))
    assert b"".join(comma.parts(table)) == b"a,b\r\n"
