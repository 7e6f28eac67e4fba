// <div data-draw-pad="#id-of-file-field"> with a canvas: what is drawn, white on black as in the data, is sent as a PNG
// through the file field of the same form. A file that is chosen afterwards takes its place.
"use strict";

const PEN = 14;

function startPad(pad) {
  const field = document.querySelector(pad.dataset.drawPad);
  const canvas = pad.querySelector("canvas");
  const context = canvas.getContext("2d");
  let last = null;

  function clear() {
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
    field.value = "";
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  }

  function draw(event) {
    const point = place(event);
    context.strokeStyle = "#fff";
    context.lineWidth = PEN;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...(last ?? point));
    context.lineTo(...point);
    context.stroke();
    last = point;
  }

  function handOver() {
    last = null;
    canvas.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], "drawing.png", { type: "image/png" }));
      field.files = files.files;
    });
  }

  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); draw(event); });
  canvas.addEventListener("pointermove", (event) => { if (last) draw(event); });
  canvas.addEventListener("pointerup", handOver);
  canvas.addEventListener("pointercancel", handOver);
  pad.querySelector("[data-draw-clear]").addEventListener("click", clear);
  clear();
  pad.hidden = false;
}

document.querySelectorAll("[data-draw-pad]").forEach(startPad);
