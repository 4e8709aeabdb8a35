"""What has to hold for a deployment to work, looked at piece by piece: ``docglean doctor``."""
