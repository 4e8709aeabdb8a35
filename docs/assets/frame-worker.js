/* A page that is opened as a file may start no worker, and the search runs in one. There, and only
   there, a hidden frame of the same page does its work. */
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(address) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      addEventListener("message", said => {
        if (said.source === this.frame.contentWindow)
          this.dispatchEvent(new MessageEvent("message", { data: said.data }))
      })
      const inside = this.frame.contentDocument
      inside.open()
      inside.write("<script>postMessage = data => parent.postMessage(data, '*')</script>")
      this.ready = new Promise(done => {
        const script = inside.createElement("script")
        script.onload = done
        script.src = address
        inside.head.append(script)
      })
      inside.close()
    }
    postMessage(data) {
      this.ready.then(() =>
        this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
    }
  }
}
