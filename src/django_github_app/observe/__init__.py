"""What operators see: metrics, traces, health, alarms; and what may be shown."""
