"""Series in an InfluxDB of the user's, through the endpoints that 1.x, 2.x and 3.x share (see docs/influxdb.md)."""
