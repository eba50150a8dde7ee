"""The dashboard: what each page shows, put together. Reads only; the views only ask and render."""
