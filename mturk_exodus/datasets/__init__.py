"""The archive for people without us: Parquet, Datasette, and pages that say what is what."""
