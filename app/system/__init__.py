"""What touches the operating system: one instance, sleep, network, notices, taskbar and tray.

The window is whole without any of it. All but `handover` is loaded after the first paint.
"""
