"""`scripts/spark totals FOLDER QUERY...`: queries over our Parquet, a JSON line for each."""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import (  # type: ignore[import-not-found] # it has an environment of its own
    SparkSession,
)


def main(folder: Path, *queries: str) -> None:
    """Print what each query gives."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "512m",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "1",
    }
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    # Each takes it a second or two to open.
    for table in ("hits", "assignments", "bonus_payments"):
        spark.read.parquet(str(folder / table)).createOrReplaceTempView(table)
    for query in queries:
        rows = [[str(value) for value in row] for row in spark.sql(query).collect()]
        sys.stdout.write(json.dumps(rows) + "\n")
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
