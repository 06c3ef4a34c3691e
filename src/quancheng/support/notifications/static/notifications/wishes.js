// Lets this browser be told: asks it for a subscription and brings that to the site.
"use strict";

(() => {
  const box = document.querySelector("[data-push-key]");
  if (!box) return;
  const button = box.querySelector("button");
  const said = box.querySelector("[role=status]");
  const say = (name) => {
    said.textContent = box.dataset[name] || name;
  };
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
    say("unable");
    return;
  }
  button.hidden = false;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
  };
  const encoded = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const name = () => {
    const agent = navigator.userAgent;
    const browser = ["Edg", "Firefox", "Chrome", "Safari"].find((one) => agent.includes(one)) || "";
    const system = ["Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux"].find((one) => agent.includes(one)) || "";
    return [browser.replace("Edg", "Edge"), system].filter(Boolean).join(" · ");
  };

  const subscribe = async () => {
    if ((await Notification.requestPermission()) !== "granted") {
      say("denied");
      return;
    }
    await navigator.serviceWorker.register(box.dataset.worker);
    const registration = await navigator.serviceWorker.ready;
    const wish = { userVisibleOnly: true, applicationServerKey: bytes(box.dataset.pushKey) };
    const made = await registration.pushManager.subscribe(wish);
    const form = new FormData();
    form.append("endpoint", made.endpoint);
    form.append("p256dh", encoded(made.getKey("p256dh")));
    form.append("auth", encoded(made.getKey("auth")));
    form.append("browser", name());
    form.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(box.dataset.subscribe, { method: "POST", body: form });
    const facts = await answer.json();
    if (answer.ok) window.location.assign(facts.url);
    else say(facts.title);
  };

  button.addEventListener("click", () => {
    button.disabled = true;
    subscribe()
      .catch(() => say("failed"))
      .finally(() => {
        button.disabled = false;
      });
  });
})();
