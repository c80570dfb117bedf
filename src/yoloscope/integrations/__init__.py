"""What meets the training frameworks: one folder or file each, imported only when that framework's training begins."""
