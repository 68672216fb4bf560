"""What the requester site gave for download, made again out of an archive."""
