import json

from remotemedia.errors import ERROR_TABLE


def test_the_error_table_is_the_services(golden):
    codes = json.loads((golden / "errors.json").read_text())["codes"]
    names = ("grpc_status", "error_type", "retryable", "hint")
    assert {code: kind._asdict() for code, kind in ERROR_TABLE.items()} == {
        code: {name: kind[name] for name in names} for code, kind in codes.items()
    }
    assert list(ERROR_TABLE) == list(codes)
