// Shows browser notices and opens what they are about. It keeps nothing and answers no page's requests.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let notice = {};
  try {
    notice = event.data ? event.data.json() : {};
  } catch {
    notice = {};
  }
  const text = notice.text && notice.text !== notice.title ? notice.text : "";
  // The id as tag: handed over twice, it is shown once.
  const shown = { body: text, tag: notice.id || "", data: { url: notice.url || "/notifications/" } };
  event.waitUntil(self.registration.showNotification(notice.title || "…", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  // Only this site's own pages are opened, whatever a notice says.
  const goal = url.origin === self.location.origin ? url.href : `${self.location.origin}/notifications/`;
  event.waitUntil(self.clients.openWindow(goal));
});
