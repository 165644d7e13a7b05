"""The promise: appointments and their claims on time."""
