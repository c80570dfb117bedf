"""What findings say, in both languages: one file a family beside its rules; `catalogue` joins them."""
