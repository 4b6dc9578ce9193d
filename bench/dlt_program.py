"""Loads a source into PostgreSQL by dlt, in dlt's own environment: `dlt_comparison` runs it.

python dlt_program.py <source url> <postgres url> <records> <file format>
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any

import dlt  # type: ignore[import-not-found]
import requests

PAGE = 2_000


def pages(url: str, records: int) -> Iterator[list[dict[str, Any]]]:
    session = requests.Session()
    after = 0
    while after < records:
        call = {
            "model": "res.partner",
            "method": "search_read",
            "args": [],
            "kwargs": {
                "domain": [["id", ">", after]],
                "fields": [f"field{number}" for number in range(30)],
                "order": "id asc",
                "limit": PAGE,
            },
        }
        body: dict[str, Any] = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": call}
        answer = session.post(url + "/web/dataset/call_kw", json=body)
        rows = answer.json()["result"]
        yield rows
        after = rows[-1]["id"]


def main() -> None:
    url, target, records, file_format = sys.argv[1:]
    shutil.rmtree("dlt_state", ignore_errors=True)
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir="dlt_state",
        destination=dlt.destinations.postgres(target),
        dataset_name="lake",
    )
    # links and lists as they came, as the platform keeps them, not as tables of their own
    resource = dlt.resource(
        pages(url, int(records)),
        name="partners",
        primary_key="id",
        write_disposition="merge",
        columns={
            name: {"data_type": "json"}
            for name in ("parent_id", "user_id", "country_id", "category_id")
        },
    )
    began = time.perf_counter()
    pipeline.run(resource, loader_file_format=file_format)
    print(json.dumps({"seconds": time.perf_counter() - began}))


main()
