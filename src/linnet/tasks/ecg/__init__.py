"""Heartbeats: of every beat of an ECG whether it is normal, supraventricular, ventricular or a fusion."""
