"""The Armed Policing Strategic Threat and Risk Assessment of a police force, as a reproducible workbook."""
