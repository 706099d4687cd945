// The marks above a chart: a triangle where shares went missing, a cross and a
// dashed line where the connection was lost.

const size = 5;

function triangle(to, x, y, r) {
  to.beginPath();
  to.moveTo(x - r, y - r);
  to.lineTo(x + r, y - r);
  to.lineTo(x, y + r);
  to.closePath();
  to.fill();
}

function cross(to, x, y, r) {
  to.beginPath();
  to.moveTo(x - r, y - r);
  to.lineTo(x + r, y + r);
  to.moveTo(x - r, y + r);
  to.lineTo(x + r, y - r);
  to.stroke();
}

export function drawMarks(plot, { data, gaps, disconnects }, colour) {
  if (!data) return;
  const { ctx: to, bbox } = plot;
  const scale = globalThis.devicePixelRatio ?? 1;
  const r = size * scale;
  const y = bbox.top - r - 2 * scale;
  const each = (counts, draw) => counts.forEach((n, i) => {
    if (n > 0) draw(plot.valToPos(data[0][i], "x", true));
  });
  to.save();
  to.lineWidth = 2 * scale;
  to.fillStyle = colour("--warn");
  each(gaps, (x) => triangle(to, x, y, r));
  to.strokeStyle = colour("--bad");
  each(disconnects, (x) => {
    cross(to, x, y, r);
    to.save();
    to.lineWidth = scale;
    to.setLineDash([4 * scale, 4 * scale]);
    to.beginPath();
    to.moveTo(x, bbox.top);
    to.lineTo(x, bbox.top + bbox.height);
    to.stroke();
    to.restore();
  });
  to.restore();
}
