// data-record on a form with a file input: buttons data-record-start and data-record-stop put what the microphone hears
// into the input, as a WAV file of one channel; data-record-said tells what happens, data-record-until (seconds) counts down.
const encode = (samples, rate) => {
  const bytes = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (place, word) => [...word].forEach((letter, index) => bytes.setUint8(place + index, letter.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, 2 * rate, true);
  bytes.setUint16(32, 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, index) => bytes.setInt16(44 + 2 * index, 32767 * Math.max(-1, Math.min(1, value)), true));
  return new Blob([bytes], { type: "audio/wav" });
};

async function wave(parts) {
  const sound = new AudioContext();
  try {
    const heard = await sound.decodeAudioData(await new Blob(parts).arrayBuffer());
    return { file: new File([encode(heard.getChannelData(0), heard.sampleRate)], "reading.wav"), seconds: heard.duration };
  } finally {
    await sound.close();
  }
}

function recorder(form) {
  const [start, stop, said] = ["start", "stop", "said"].map((part) => form.querySelector(`[data-record-${part}]`));
  const input = form.querySelector('input[type="file"]');
  const longest = Number(form.dataset.recordLongest || 60);
  const say = (name, seconds = 0) => { said.textContent = form.dataset[name].replace("{seconds}", seconds.toFixed(1)); };
  let device = null;
  let deadline = 0;

  async function finish(parts) {
    clearTimeout(deadline);
    for (const track of device.stream.getTracks()) track.stop();
    start.disabled = false;
    stop.disabled = true;
    try {
      const taken = await wave(parts);
      const files = new DataTransfer();
      files.items.add(taken.file);
      input.files = files.files;
      say("recordTaken", taken.seconds);
      form.querySelector('button[type="submit"], button:not([type])')?.focus();
    } catch {
      say("recordFailed");
    }
  }

  start.addEventListener("click", async () => {
    start.disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      });
      const parts = [];
      device = new MediaRecorder(stream);
      device.addEventListener("dataavailable", (event) => parts.push(event.data));
      device.addEventListener("stop", () => finish(parts));
      device.start();
      deadline = setTimeout(() => device.stop(), 1000 * longest);
      stop.disabled = false;
      stop.focus();
      say("recordListening");
    } catch {
      start.disabled = false;
      say("recordRefused");
    }
  });
  stop.addEventListener("click", () => device?.state === "recording" && device.stop());
  if (navigator.mediaDevices && window.MediaRecorder) form.querySelector("[data-record-tools]").hidden = false;
}

function countdown(place) {
  const end = Date.now() + 1000 * Number(place.dataset.recordUntil);
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left === 0) location.reload();
    else setTimeout(tick, 1000);
  };
  tick();
}

export function recorders(root) {
  root.querySelectorAll("[data-record]").forEach(recorder);
  root.querySelectorAll("[data-record-until]").forEach(countdown);
}
