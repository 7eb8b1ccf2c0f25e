# SPDX-License-Identifier: ISC
# tests/lib/unsteady.py - a TCP port that passes everything on to another one,
# late, not at all, or until it is cut off.

import socket
import threading
import time

from rig import free_port


class Unsteady:
	""".delay	seconds that each piece of an answer comes late
	.mute		whether what comes is kept back, either way
	cut()		ends all connections at once, in the middle of whatever"""

	def __init__(self, target):
		self.target, self.port = target, free_port()
		self.delay, self.mute = 0.0, False
		self.lock, self.open = threading.Lock(), set()
		self.listener = socket.create_server(("127.0.0.1", self.port))
		threading.Thread(target=self.serve, daemon=True).start()

	def serve(self):
		while True:
			try:
				client, _ = self.listener.accept()
			except OSError:
				return
			threading.Thread(target=self.connect, args=(client,),
			    daemon=True).start()

	def connect(self, client):
		try:
			server = socket.create_connection(("127.0.0.1", self.target), 5)
		except OSError:
			client.close()
			return
		server.settimeout(None)
		with self.lock:
			self.open |= {client, server}
		for source, sink, late in ((client, server, False),
		    (server, client, True)):
			threading.Thread(target=self.pump, args=(source, sink, late),
			    daemon=True).start()

	def pump(self, source, sink, late):
		try:
			while piece := source.recv(4096):
				if late and self.delay:
					time.sleep(self.delay)
				while self.mute:
					time.sleep(0.02)
				sink.sendall(piece)
		except OSError:
			pass
		self.end({source, sink})

	def end(self, sockets):
		with self.lock:
			self.open -= sockets
		for s in sockets:
			try:
				s.shutdown(socket.SHUT_RDWR)
			except OSError:
				pass

	def cut(self):
		with self.lock:
			sockets = set(self.open)
		self.end(sockets)

	def close(self):
		self.listener.close()
		self.cut()
