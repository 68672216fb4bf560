"""Take a whole Amazon Mechanical Turk account out, and put it to work elsewhere."""
